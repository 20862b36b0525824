-- title: Model packages approved or rejected
-- group: Models
-- question: Who approved or rejected model packages?
-- param: package resource optional - part of the package's ARN
-- limit: 200
-- since: 30d
-- example: model-approved since=90d
-- expect: actor=ingrid.solberg@example.com | model_package=arn:aws:sagemaker:us-west-2:222222222222:model-package/bank-marketing/2 | status=Approved | result=done
-- expect: actor=maya.okafor@example.com | model_package=arn:aws:sagemaker:us-west-2:222222222222:model-package/loan-default/1 | status=Approved | result=done
-- expect: actor=ingrid.solberg@example.com | model_package=arn:aws:sagemaker:us-west-2:222222222222:model-package/bank-marketing/1 | status=Approved | result=done
SELECT eventtime, actor, known_by, account, region,
    json_extract_scalar(requestparameters, '$.modelPackageArn') AS model_package,
    json_extract_scalar(requestparameters, '$.modelApprovalStatus') AS status,
    json_extract_scalar(requestparameters, '$.approvalDescription') AS reason,
    result
FROM events
WHERE service = 'sagemaker' AND eventname = 'UpdateModelPackage'
    AND json_extract_scalar(requestparameters, '$.modelApprovalStatus') IS NOT NULL
    AND (:package = '' OR strpos(mentions, lower(:package)) > 0)
ORDER BY eventtime DESC
