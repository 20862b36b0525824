-- title: Roles of other accounts passed to SageMaker
-- group: Access
-- question: Was a role of another account passed to SageMaker?
-- param: role resource optional - part of the role's ARN
-- limit: 200
-- since: 90d
-- example: role-cross-account since=90d
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-retrain | role=arn:aws:iam::222222222222:role/SageMakerExecutionRole | result=done
WITH passed AS (
    SELECT eventtime, actor, known_by, account, region, eventname, resource, result,
        coalesce(
            json_extract_scalar(requestparameters, '$.executionRoleArn'),
            json_extract_scalar(requestparameters, '$.roleArn'),
            json_extract_scalar(requestparameters, '$.userSettings.executionRole'),
            json_extract_scalar(requestparameters, '$.defaultUserSettings.executionRole')
        ) AS role
    FROM events
    WHERE service = 'sagemaker' AND is_change
)
SELECT eventtime, actor, known_by, account, region, eventname AS call, resource, role, result
FROM passed
WHERE role LIKE 'arn:%' AND split_part(role, ':', 5) <> account
    AND (:role = '' OR strpos(lower(role), lower(:role)) > 0)
ORDER BY eventtime DESC
