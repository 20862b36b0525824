-- title: Monitoring job definitions
-- group: Monitors
-- question: Who created or deleted monitoring job definitions, with which baseline and which ground truth?
-- param: name resource optional - part of the definition's name
-- limit: 200
-- since: 30d
-- example: job-definition name=bank-marketing-quality since=30d
-- expect: actor=deploy-bank-marketing-* | job_definition=bank-marketing-quality-job-* | call=CreateModelQualityJobDefinition | result=done
-- expect: actor=deploy-bank-marketing-* | job_definition=bank-marketing-quality-job-* | call=DeleteModelQualityJobDefinition | result=done
-- expect: actor=deploy-bank-marketing-* | job_definition=bank-marketing-quality-job-* | call=CreateModelQualityJobDefinition | result=done
SELECT eventtime, actor, known_by, account, region, eventname AS call,
    json_extract_scalar(requestparameters, '$.jobDefinitionName') AS job_definition,
    coalesce(
        json_extract_scalar(requestparameters, '$.modelQualityBaselineConfig.constraintsResource.s3Uri'),
        json_extract_scalar(requestparameters, '$.dataQualityBaselineConfig.constraintsResource.s3Uri'),
        json_extract_scalar(requestparameters, '$.modelBiasBaselineConfig.constraintsResource.s3Uri'),
        json_extract_scalar(requestparameters, '$.modelExplainabilityBaselineConfig.constraintsResource.s3Uri')
    ) AS constraints,
    coalesce(
        json_extract_scalar(requestparameters, '$.modelQualityJobInput.groundTruthS3Input.s3Uri'),
        json_extract_scalar(requestparameters, '$.modelBiasJobInput.groundTruthS3Input.s3Uri')
    ) AS ground_truth,
    result
FROM events
WHERE service = 'sagemaker'
    AND regexp_like(eventname, '^(Create|Delete)(DataQuality|ModelQuality|ModelBias|ModelExplainability)JobDefinition$')
    AND (:name = '' OR strpos(mentions, lower(:name)) > 0)
ORDER BY eventtime DESC
