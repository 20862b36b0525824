-- title: Roles passed to SageMaker
-- group: Access
-- question: Which roles were passed to SageMaker, and by whom? Passing one is no call of its own in the trail.
-- param: role resource optional - part of the role's ARN
-- limit: 200
-- since: 7d
-- example: roles-passed since=7d
-- expect: actor=diego-ramirez | resource=bank-marketing-backfill | role=arn:aws:iam::222222222222:role/SageMakerExecutionRole | result=done
-- expect: actor=AmazonSageMaker-ExecutionRole-20260301T101500 | resource=bank-marketing-retrain | role=arn:aws:iam::222222222222:role/SageMakerExecutionRole | result=done
-- expect: actor=diego-ramirez | resource=churn-try | role=arn:aws:iam::222222222222:role/SageMakerExecutionRole | result=done
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
WHERE role IS NOT NULL AND (:role = '' OR strpos(lower(role), lower(:role)) > 0)
ORDER BY eventtime DESC
